/** What we use of libraries that come without types. */
declare module "plotly.js-dist-min/plotly.min.js" {
  /** The library's text: build.mjs takes it in as such. */
  const text: string;
  export default text;
}
declare module "vega-interpreter" {
  export const expressionInterpreter: unknown;
}
declare module "*.css";
