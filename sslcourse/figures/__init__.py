"""The drawings and panels of the labs: one file a lab, called from its notebook in a line or three.

    from sslcourse.figures import lab12 as figures

    figures.circles(walks)        # a figure, shown with its text
    figures.museum(walks)         # a widgets.Panel, to be the last line of a cell

A notebook's page is for the idea. Whoever wants to know how a picture was made opens the file here: every function takes
what was measured (tensors, numbers, names), computes nothing that a lab teaches, and draws. A panel is returned, so that a
test drives its states without a browser; a figure is shown by `plots.show` with the alternative text beside it.
"""
