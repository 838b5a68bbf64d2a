import sys

BLOCK

with snapline.DigitalOcean() as do:
    print(share_name(do, sys.argv[1], timeout=5))
