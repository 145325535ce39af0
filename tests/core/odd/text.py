"""Tables of numbers as people and devices write them, and what only looks like one."""

from __future__ import annotations

import datetime

from drsn_core.errors import DamagedFile, EmptyFile, NoNumbers, NotFinite, TooLarge, TooShort, UnknownFormat
from tests.core.odd.case import bad, good

TWO = [[1.5, 2.5, 4.5], [2, 1, 3]]
DECIMAL_COMMAS = "1,5;2\n2,5;1\n4,5;3\n"
WORDS = "Größe (µm);Höhe\n" + DECIMAL_COMMAS
TIMED = "".join(f"{i * 0.004:.3f}\t{i % 5}\n" for i in range(40))
FIVES = [[i % 5 for i in range(40)]]
START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
CLOCK = "".join(f"{START + datetime.timedelta(seconds=i / 4):%Y-%m-%dT%H:%M:%S.%f},{i % 5}\n" for i in range(40))
THOUSAND = ((",".join(str(k % 7) for k in range(1000)) + "\n") * 70).encode()

CASES = {
    "decimal commas and semicolons": good("a.csv", DECIMAL_COMMAS.encode(), TWO),
    "the same in UTF-16 with a mark": good("a.csv", WORDS.encode("utf-16"), TWO),
    "the same in UTF-16 without a mark": good("a.txt", WORDS.encode("utf-16-le"), TWO),
    "the same in big-endian UTF-16": good("a.txt", WORDS.encode("utf-16-be"), TWO),
    "the same in UTF-8 with a mark": good("a.csv", WORDS.encode("utf-8-sig"), TWO),
    "the same in Latin-1": good("a.csv", WORDS.encode("latin-1"), TWO),
    "the same with Windows line ends": good("a.csv", WORDS.replace("\n", "\r\n").encode(), TWO),
    "the same with old Mac line ends": good("a.csv", WORDS.replace("\n", "\r").encode(), TWO),
    "the same without a last line end": good("a.csv", WORDS.strip().encode(), TWO),
    "the same with empty lines": good("a.csv", WORDS.replace("\n", "\n\n \n").encode(), TWO),
    "the same with a separator at each end": good("a.csv", WORDS.replace("\n", ";\n").encode(), TWO),
    "the same with quotation marks": good("a.csv", b'"1,5";"2"\n"2,5";"1"\n"4,5";"3"\n', TWO),
    "the same with spaces about": good("a.csv", b" 1,5 ; 2 \n 2,5 ; 1 \n 4,5 ; 3 \n", TWO),
    "a line that tells Excel the separator": good("a.csv", b"sep=;\n" + DECIMAL_COMMAS.encode(), TWO),
    "tabs and decimal commas": good("a.tsv", DECIMAL_COMMAS.replace(";", "\t").encode(), TWO),
    "bars": good("a.dat", b"1.5|2\n2.5|1\n4.5|3\n", TWO),
    "columns of a fixed width": good("a.asc", b"   1.5    2\n   2.5    1\n   4.5    3\n", TWO),
    "tabs among spaces": good("a.dat", b"1.5 \t 2\n2.5\t1\n 4.5  3\n", TWO),
    "headerless columns of integers": good("a.csv", b"5,1\n3,2\n4,7\n", [[5, 3, 4], [1, 2, 7]]),
    "a first sample that could be a header": good("a.csv", b"5\n3\n4\n", [[5, 3, 4]]),
    "one column with a header": good("a.csv", b"acceleration\n5\n3\n4\n", [[5, 3, 4]]),
    "a header of numbers and words": good("a.csv", b"1st,2nd\n5,1\n3,2\n", [[5, 3], [1, 2]]),
    "one long row": good("a.csv", b",".join(b"%d" % (i % 9) for i in range(5000)), [[i % 9 for i in range(5000)]]),
    "channels in rows": good(
        "a.csv",
        b"\n".join(b",".join(b"%d" % ((i * k) % 9) for i in range(200)) for k in (1, 2)),
        [[(i * k) % 9 for i in range(200)] for k in (1, 2)],
    ),
    "comments of three kinds": good("a.txt", b"# a\n% b\n// c\n1\n# d\n2\n3\n", [[1, 2, 3]]),
    "lines of a device above": good("a.csv", b"Device;X-1\nSerial;0815\n\nleft;right\n" + DECIMAL_COMMAS.encode(), TWO),
    "signs before all numbers": good("a.csv", b"+1.5,+2\n+2.5,-1\n", [[1.5, 2.5], [2, -1]]),
    "typographic minus signs": good("a.csv", "−1\n−2\n3\n".encode(), [[-1, -2, 3]]),
    "powers of ten": good("a.csv", b"1e-3\n-2.5E+02\n.5\n5.\n", [[1e-3, -250, 0.5, 5]]),
    "powers of ten with decimal commas": good("a.csv", b"1,5e-3;1\n-2,5E+02;2\n", [[1.5e-3, -250], [1, 2]]),
    "apostrophes between thousands": good("a.csv", b"1'234.5;1\n12'345.5;2\n", [[1234.5, 12345.5], [1, 2]]),
    "narrow spaces between thousands": good(
        "a.csv", "1\u202f234,5;1\n2\u202f345,5;2\n".encode(), [[1234.5, 2345.5], [1, 2]]
    ),
    "a denormal": good("a.csv", b"5e-324\n1\n", [[5e-324, 1]]),
    "the largest that we take": good("a.csv", b"1e100\n-1e100\n", [[1e100, -1e100]]),
    "all digits": good("a.csv", b"0.1000000000000000055511151231257827\n1\n", [[0.1, 1]]),
    "times in milliseconds": good(
        "a.csv", b"t [ms];x\n" + b"".join(b"%d;%d\n" % (4 * i, i % 5) for i in range(40)), FIVES, 0, 250
    ),
    "times without a header": good("a.tsv", TIMED.encode(), FIVES, 0, 250),
    "times of day": good("a.csv", f"time,x\n{CLOCK}".encode(), FIVES, 0, 4),
    "a rate in a comment": good(
        "a.txt", b"# fs = 250 Hz\n" + b"".join(b"%d\n" % (i % 5) for i in range(40)), FIVES, 0, 250
    ),
    "a column of words": good("a.csv", b"1.5,ok,2\n2.5,ok,1\n4.5,bad,3\n", TWO),
    "a column without numbers": good("a.csv", b"1.5,,2\n2.5,,1\n4.5,,3\n", TWO),
    "a named column": good("a.csv", b"a,b [g]\n1,5\n2,6\n4,7\n", [[5, 6, 7]], column="b"),
    "gaps that may stay": good("a.csv", b"a\n1\nNA\n3\n", [[1, 2, 3]], gaps="fill"),
    "a thousand columns": good("a.csv", THOUSAND, [[k % 7] * 70 for k in range(1000)]),
    "a table called wav": bad("a.wav", DECIMAL_COMMAS.encode(), DamagedFile),
    "a table without a name": good("a", DECIMAL_COMMAS.encode(), TWO),
    "nothing": bad("a.csv", b"", EmptyFile),
    "a mark and nothing": bad("a.csv", b"\xef\xbb\xbf", NoNumbers),
    "only line ends": bad("a.csv", b"\r\n" * 20, NoNumbers),
    "one number": bad("a.csv", b"5", TooShort),
    "only names": bad("a.csv", b"time;acceleration;speed\n", NoNumbers),
    "only gaps": bad("a.csv", b"nan\nnan\nnan\n", NoNumbers),
    "zero bytes among numbers": bad("a.csv", b"1\n2\n\x003\n4\n", UnknownFormat),
    "numbers with underscores": bad("a.csv", b"1_000\n2_000\n", NoNumbers),
    "hexadecimal numbers": bad("a.csv", b"0x1F\n0x2A\n", NoNumbers),
    "complex numbers": bad("a.csv", b"1+2j\n2-3j\n", NoNumbers),
    "formulas": bad("a.csv", b"=1+1\n=2+2\n", NoNumbers),
    "a program": bad("a.txt", b"import os\nos.system('rm -rf /')\n", NoNumbers),
    "deep JSON": bad("a.txt", b"[" * 100_000 + b"]" * 100_000, NoNumbers),
    "a page": bad("a.csv", b"<html><script>alert(1)</script></html>", NoNumbers),
    "rows that grow": bad("a.csv", b"1\n1,2\n1,2,3\n1,2,3,4\n", DamagedFile),
    "a row less in the middle": bad("a.csv", b"1,2\n" * 500 + b"1\n" + b"1,2\n" * 500, DamagedFile),
    "a word in the middle": bad("a.csv", b"1\n" * 500 + b"overload\n" + b"1\n" * 500, DamagedFile),
    "decimal commas and points": bad("a.csv", b"1,5;2\n2.5.1;1\n", DamagedFile),
    "infinity": bad("a.csv", b"1\n2\ninf\n", NotFinite),
    "minus infinity": bad("a.csv", b"1\n2\n-Infinity\n", NotFinite),
    "a number beyond floating point": bad("a.csv", b"1\n2\n1e400\n", NotFinite),
    "a number of 61 digits": bad("a.csv", b"1\n" + b"9" * 61 + b"\n", TooLarge),
    "a million digits": bad("a.csv", b"1\n" + b"9" * 1_000_000 + b"\n", TooLarge),
    "10,001 columns": bad("a.csv", b",".join([b"1"] * 10_001) + b"\n", TooLarge),
    "100,000 equal names": bad("a.csv", b",".join([b"x"] * 100_000) + b"\n" + b",".join([b"1"] * 100_000), TooLarge),
    "half a character at the end": bad("a.csv", DECIMAL_COMMAS.encode("utf-16")[:-1], DamagedFile),
    "a quotation mark that never closes": bad("a.csv", b'1;2\n"3;4\n' + b"5;6\n" * 1000, DamagedFile),
}
