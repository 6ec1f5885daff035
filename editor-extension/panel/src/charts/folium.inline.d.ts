/** The source of the script, for frames. */
declare const text: string;
export default text;
