"""Bringing a whole property in from one Excel workbook: read, check, compare, write, all or nothing.

`layout` declares the sheets and columns once; `opening` takes the file safely; `reading` turns it into
typed rows; `checking` holds every rule inside the workbook; `report` gives the faults back as a copy of the
workbook with its bad cells coloured; `comparing` and `writing` bring the rows into the database.
"""
