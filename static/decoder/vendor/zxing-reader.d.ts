/** What we use of zxing-wasm's reader, said to the type checker. Not served. */
export interface Read { text: string; format: string; symbologyIdentifier: string; isValid: boolean; position: any }
export function prepareZXingModule(options: { overrides: object; fireImmediately: true }): Promise<any>;
export function readBarcodes(image: any, options: object): Promise<Read[]>;
