"""Lectures: notebooks in lectures/, written to one HTML file each that is presented with the network off.

For a lecture's cells:

    claim_card    one of the lecture's claims: what the paper says, what we measured, its verdict, the lab
    cited_table   a paper's table with every number, and its source
    source        whose numbers a figure has, below it
    closing       licence, credits, version, and the course's address as a QR code
    scoreboard    the claims with their intervals as pictures, and their verdicts
    photograph    a photograph that a room can recognise, as a tensor; photographs() has the credits
    references    complete references, by key, in small type: references("schmidhuber1990", "ballard1987")
    reference     one reference as a line of text
    REFERENCES    every paper that the lectures and labs cite, by key (references.toml)

Behind them: ``python -m sslcourse slides`` runs each notebook (export), groups its cells into slides by their slideshow
metadata and tags (deck), and writes the page (page, markup, mathematics).
"""

from .cards import claim_card
from .cited_table import cited_table, source
from .last_slide import closing
from .papers import REFERENCES, Reference, reference, references
from .pictures import photograph, photographs
from .scoreboard import scoreboard

__all__ = [
    "REFERENCES", "Reference", "cited_table", "claim_card", "closing", "photograph", "photographs", "reference", "references",
    "scoreboard", "source",
]
