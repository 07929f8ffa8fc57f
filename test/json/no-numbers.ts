// Texts that are no JSON number, though something of them looks like one.
// Read by the tests of every reader of numbers. What must stay true: RFC 8259 section 6 refuses each of them.

/** The texts. */
export const NO_NUMBERS = [
  "",
  "-",
  "+1",
  "01",
  "-01",
  "00",
  ".5",
  "5.",
  "1.e3",
  "1e",
  "1e+",
  "0x10",
  " 1",
  "1 ",
  "1_0",
  "nan",
  "-NaN",
  "Inf",
  "1,5",
  "é",
  "--1",
  "1.2.3",
  "1e5.0",
];
