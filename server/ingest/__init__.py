"""Files of customer messages, read as streams of rows: CSV, TSV, JSON Lines, mbox and single e-mails.

Readers give `Row` and `Rejection` in the order of the file and hold no more than one record in memory, whatever the
file's size. They know nothing of the database; `draft` turns their rows into what the commands take.
"""
