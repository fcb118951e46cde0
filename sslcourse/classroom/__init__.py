"""A class: copies of the notebooks that belong to a student, what is handed out, and what comes back.

    own_copies   my-labs/ and my-lectures/: a copy of a notebook to work on, and the course's later text brought into it
    merging      two versions of one notebook made one: the course's text and the student's answers
    handing_out  a lab without hints or solutions
    submissions  the notebooks of a folder: whose, and of which lab
    answers      what of a submission is run: the functions that an exercise asks for, and what they need
    grading      one submission after another, each in a process of its own (examiner, confined)
    class_map    what came out, as a table for a spreadsheet and as a page

Behind ``python -m sslcourse lab``, ``lecture``, ``update``, ``handout`` and ``grade``.
"""
