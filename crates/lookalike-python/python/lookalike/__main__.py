"""``python -m lookalike`` is the program."""

from lookalike._program import main

main()
