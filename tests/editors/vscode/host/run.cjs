// Where VS Code's extension host begins the tests beside it; mocha is given by the extension's packages.
const path = require("node:path");

exports.run = async () => {
  const library = require("mocha");
  const Mocha = library.default ?? library;
  const mocha = new Mocha({ ui: "bdd", color: false, timeout: 60_000, reporter: "spec" });
  mocha.addFile(path.join(__dirname, "suite.cjs"));
  await new Promise((resolve, reject) => {
    mocha.run((failures) => (failures ? reject(new Error(`${failures} tests failed`)) : resolve()));
  });
};
