"""What the fault runs are held to: each criterion by its number, in the words docs/chaos.md repeats."""

CRITERIA = {
    "R1": "Processes killed at each numbered point and at random (200 times over 5,000 messages): nobody is"
    " written to twice; who is missing in the provider's ledger stands among the unknown; nothing is"
    " open a minute later.",
    "R2": "A run killed anywhere and started again decides byte for byte what an undisturbed one decides.",
    "R3": "Two at once, one of them frozen for longer than its lease and then continued: it posts nothing,"
    " changes no row, and nobody is written to twice.",
    "R4": "Valkey flushed, or away for 30 seconds: everything is sent, no later than a sweep and five"
    " seconds; the API answers 200 and calls itself degraded.",
    "R5": "PostgreSQL stopped at once, ten times: as R1.",
    "R8": "Clocks that jump two hours, both changes of summer time, 29 February, the end of a year: nothing"
    " outside its window, one run a local date.",
    "R9": "Statuses shuffled, told one to five times, a tenth lost, a fifth before our post is recorded:"
    " the state at the end is that of an orderly telling, and a refusal binds every later message.",
    "R10": "What always raises is set aside after a few tries, the rest of its batch is worked, somebody is"
    " told.",
    "R11": "Providers that refuse with a pause, break for ten minutes, hang, cut the line, answer rubbish,"
    " or an error inside a 200: never more than their rate in any second of the ledger, no hot loop,"
    " nobody twice.",
    "R12": "No post begins later than a second after the payment or refusal that forbids it was committed.",
    "R13": "No person over a cap of their law on the ledger, whatever of R1, R3 and R9 happens meanwhile.",
    "R14": "Documents of strategies spoilt in every way (made up from the schema, a thousand levels deep,"
    " NaN, ten megabytes, keys twice): judged or refused with a place, never an error of the server, a tenth"
    " of a second of the processor at most; requests made up from the OpenAPI document: nothing it does not"
    " say.",
    "R15": "Every attack on the template language is refused when it is saved; 99 of 100 renderings take"
    " less than a millisecond.",
    "R17": "No cell of an export begins as a formula, numbers excepted.",
    "R18": "No address that leads into a network of ours is posted to, however it is spelled.",
    "R19": "Every route by every role, denied unless its line says otherwise; a role of one portfolio opens"
    " no other.",
    "R20": "A byte of the ledger flipped, a line deleted, moved, slipped in or cut off: the verifier says"
    " which.",
    "R21": "A thousand people loaded and worked: no name, phone or mailbox in dumps, files, snapshots and"
    " logs; keys are rotated while everybody reads and writes.",
}
