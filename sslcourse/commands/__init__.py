"""The verbs of ``python -m sslcourse``, a file each: ``main(argv)`` takes the words after the verb, gives the exit status.

    lab       fetch a lab's data and open the student's copy of it in JupyterLab
    lecture   the same for a lecture
    update    bring the course's new text and cells into the copies, and keep the answers
    data      fetch data sets, list them, check them
    doctor    look at this machine (by the checks in checkup/), and say what to do
    results   run the measurements that the course quotes
    slides    write the lectures
    handout   write a lab without hints or solutions
    grade     judge a folder of submissions
    race      let a method race against the course's
    weights   list the trained networks that the labs load, or make them again

(``progress`` is in the exercises' own room.) `sslcourse.__main__` names them all.
"""
