"""The verbs of ``python -m sslcourse``, a file each: ``main(argv)`` takes the words after the verb, gives the exit status.

    lab       fetch a lab's data and open it in JupyterLab
    data      fetch data sets, list them, check them
    doctor    look at this machine (by the checks in checkup/), and say what to do
    results   run the measurements that the course quotes
    slides    write the lectures
    weights   list the trained networks that the labs load, or make them again

(``progress`` is in the exercises' own room.) `sslcourse.__main__` names them all.
"""
