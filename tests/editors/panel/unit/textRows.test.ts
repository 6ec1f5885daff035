/** Rows of text: sorting, filtering, summing up, exporting. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { selectRows, exportRows, parseNumber, summarizeColumn } from "../../../../editor-extension/panel/src/tables/textRows";

const ROWS = [["b", "10"], ["a", "9"], ["c", "NaN"], ["a", "-1.5"]];

test("numbers sort as numbers, and missing values come last both ways", () => {
  assert.deepEqual(selectRows(ROWS, [{ column: 1 }], []), [3, 1, 0, 2]);
  assert.deepEqual(selectRows(ROWS, [{ column: 1, descending: true }], []), [0, 1, 3, 2]);
});

test("the next column decides where the first does not; rows alike keep their order", () => {
  assert.deepEqual(selectRows(ROWS, [{ column: 0 }, { column: 1 }], []), [3, 1, 0, 2]);
  assert.deepEqual(selectRows(ROWS, [{ column: 0 }], []), [1, 3, 0, 2]);
});

test("conditions hold together; a missing value meets null and ne only", () => {
  const left = (operator: "lt" | "ge" | "ne" | "null" | "notNull" | "contains", column: number, value = "") =>
    selectRows(ROWS, [], [{ column, operator, value }]);
  assert.deepEqual(left("lt", 1, "10"), [1, 3]);
  assert.deepEqual(left("ge", 1, "-1.5"), [0, 1, 3]);
  assert.deepEqual(left("ne", 1, "10"), [1, 2, 3]);
  assert.deepEqual(left("null", 1), [2]);
  assert.deepEqual(left("notNull", 1), [0, 1, 3]);
  assert.deepEqual(left("contains", 0, "A"), [1, 3]);
  assert.deepEqual(selectRows(ROWS, [], [{ column: 0, operator: "eq", value: "a" }, { column: 1, operator: "gt", value: "0" }]), [1]);
});

test("numbers are read as people write them", () => {
  assert.deepEqual(["1,234", "-2.5e3", "12%", "", "1-2", "Inf"].map(parseNumber), [1234, -2500, 12, undefined, undefined, undefined]);
});

test("a column of numbers has a histogram of all of them, another one its most frequent values", () => {
  const numbers = summarizeColumn("n", ["1", "2", "2", "nan", "13"]);
  assert.equal(numbers.nulls, 1);
  assert.equal(numbers.distinct, 3);
  assert.equal(numbers.histogram?.reduce((sum, bin) => sum + bin.count, 0), 4);
  assert.deepEqual(summarizeColumn("w", ["x", "y", "x"]).top, [{ value: "x", count: 2 }, { value: "y", count: 1 }]);
});

test("fields are quoted where they have to be", () => {
  assert.equal(exportRows(["a", "b"], [['x,"y"', "1\n2"]], "csv"), 'a,b\n"x,""y""","1\n2"\n');
  assert.equal(exportRows(["a", "b"], [["x,y", "1"]], "tsv"), "a\tb\nx,y\t1\n");
  assert.deepEqual(JSON.parse(exportRows(["a"], [["x"]], "json")), [{ a: "x" }]);
  const twice = exportRows(["a", "a", "a.1"], [["x", "y", "z"]], "json");
  assert.deepEqual(JSON.parse(twice), [{ a: "x", "a.2": "y", "a.1": "z" }]);
});
