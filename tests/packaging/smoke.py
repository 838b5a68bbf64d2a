import snapline
try:
    snapline.DigitalOcean("t", base_url="http://127.0.0.1:9", max_attempts=1).nfs.list()
except snapline.ConnectionError:
    print("works")
