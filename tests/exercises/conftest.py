"""What a test's endless answer leaves behind is over before the next test begins.

On a busy computer the check may give up on a thread before it ends; Python 3.11 then watches no later answer.
"""

import pytest

from sslcourse.exercises import calling
from tests.exercises import endless


@pytest.fixture(autouse=True)
def every_endless_answer_ends():
    endless.over.clear()
    yield
    endless.over.set()
    for worker in calling._abandoned:
        worker.join(10)
