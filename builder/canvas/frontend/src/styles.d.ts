// Style sheets are bundled by esbuild; to the type checker they hold nothing.

declare module "*.css";
