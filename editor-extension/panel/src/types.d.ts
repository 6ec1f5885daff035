/** What we use of libraries that come without types. */
declare module "plotly.js-dist-min" {
  const plotly: {
    newPlot(element: HTMLElement, data: object[], layout: object, config: object): Promise<unknown>;
    addFrames(element: HTMLElement, frames: object[]): Promise<unknown>;
    Plots: { resize(element: HTMLElement): void };
    purge(element: HTMLElement): void;
  };
  export default plotly;
}
declare module "vega-interpreter" {
  export const expressionInterpreter: unknown;
}
declare module "*.css";
