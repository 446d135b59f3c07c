"""`python -m yuju` is `yuju`."""

from yuju.config.main import main

main()
