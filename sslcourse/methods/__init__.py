"""One file per method. A method that is one function is called directly; one that is trained has `loss` and `encode`.

Imported at once, one line a method: each file needs torch and nothing heavier. (Importing them late, by attribute,
would not work here: `pca` the function and `pca` the file share a name, and whichever came last would answer.)
"""

from .pca import pca as pca
from .pca import reconstruct as reconstruct
from .perplexity import perplexity as perplexity
from .simclr import SimCLR as SimCLR
from .supervised import Supervised as Supervised
