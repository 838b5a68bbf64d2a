import snapline

BLOCK
