"""A strategy is compiled to a plan; every day the plan reads the whole book as columns and decides
the next step of every enrolment; the rest of the program only fetches those facts and carries out
those decisions."""
