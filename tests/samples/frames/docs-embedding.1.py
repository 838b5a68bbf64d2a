BLOCK

with get_client() as made:
    assert made is get_client()
    print(made.nfs.list())
