/** What we use of preact, said to the type checker. Not served. */
export type Node = any;
export function h(type: any, props?: any, ...children: any[]): Node;
export function render(node: Node, parent: Element): void;
export const Fragment: any;
export const options: any;
