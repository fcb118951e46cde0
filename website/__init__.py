"""The course as a static site: `make site` writes build/site from the notebooks, the numbers on file and the docstrings.

Sphinx with MyST-NB writes it. Jupyter Book 2 was the other candidate: it is as pretty, but its builder is a program for Node
that fetches its theme from the network, and it knows no autodoc, so the package's page would have been a second tool's.
Sphinx comes from pip alone, reads docstrings, turns warnings into errors, and its search works from a disk without a server.
"""
