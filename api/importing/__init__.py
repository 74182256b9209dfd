"""Files of a book as columns: found headers, read cells, clean values and a reason for every refusal."""
