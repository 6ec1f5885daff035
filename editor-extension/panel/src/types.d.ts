/** Types for libraries without their own. */
declare module "plotly.js-dist-min/plotly.min.js" {
  /** The source of the library, which is bundled as text. */
  const text: string;
  export default text;
}
declare module "vega-interpreter" {
  export const expressionInterpreter: unknown;
}
declare module "*.css";
