"""The tests of the page, as pytest runs them."""

BLOCK


if __name__ == "__main__":
    raise SystemExit(pytest.main(["-q", "-p", "no:cacheprovider", "--import-mode=importlib", __file__]))
