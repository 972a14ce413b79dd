/**
 * Node's HTTP/1.1. An `import` of node:http reads every name that it exports, WebSocket among them, and to have that one Node
 * loads the whole of undici: 6 MB of every process at rest. Asked for in this way the module comes alone.
 */
export const { Agent, createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
