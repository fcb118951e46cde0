"""What was measured, on file: a lab records its numbers, and everything that quotes a number reads it from here.

    evaluate   kNN vote and linear probe on a frozen encoder, as in every lab, both recorded
    record     keep one measured number: in a student's own folder, or, under ``make results``, for labs/results
    record_images_error  how far the choice of test images moves a difference of accuracies
    live       the size of a grid: small when a student runs the lab, full under ``make results``
    recorded   whether an interrupted ``make results`` has this number already
    table      a lab's growing table: this run's numbers beside the course's
    value      one committed number, the mean over its seeds
    say        a sentence with measured numbers in it
    cited      the rows of a table that a paper reports; cited_value one number of a paper; cited_source where it stands
    verdict    what the measured numbers say of one of the lecture's claims; conclude prints it with its intervals

The committed numbers are in labs/results/cpu.json and gpu.json (schema.json says their shape). ``python -m sslcourse
results`` measures, and rewrites the marked parts of README.md. One environment variable, set by that command, decides
where a number goes and which sizes are run: SSLCOURSE_RESULTS, the folder of the run's journal.
"""

from .cited import cited, cited_source, cited_value
from .claims import CLAIMS, Claim, Ruling, conclude, verdict
from .journal import live, mine, record, recorded
from .lookup import NotMeasured, select, value
from .on_file import committed
from .prose import say
from .protocol import evaluate, record_images_error
from .row import Row
from .tables import Table, table

__all__ = [
    "CLAIMS", "Claim", "NotMeasured", "Row", "Ruling", "Table", "cited", "cited_source", "cited_value", "committed",
    "conclude", "evaluate", "live", "mine", "record", "record_images_error", "recorded", "say", "select", "table", "value",
    "verdict",
]
