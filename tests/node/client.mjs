// One Socket.IO client of npm's. Commands come in as JSON lines, what happens goes out as JSON lines.
//   {"connect": url, "options": {…}}   {"emit": [name, body], "ack": id}   {"disconnect": true}
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

let socket;
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

function connect(url, options) {
  socket = io(url, { reconnection: false, ...options });
  socket.on("connect", () => say({ happened: "connect", transport: socket.io.engine.transport.name }));
  socket.on("connect_error", (error) =>
    say({ happened: "connect_error", message: error.message, data: error.data ?? null }));
  socket.on("disconnect", (reason) => say({ happened: "disconnect", reason }));
  socket.io.engine.on("upgrade", (transport) => say({ happened: "upgrade", transport: transport.name }));
  socket.onAny((name, body) => say({ event: name, body }));
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const command = JSON.parse(line);
  if (command.connect) connect(command.connect, command.options);
  else if (command.disconnect) socket.disconnect();
  else if (command.ack === undefined) socket.emit(...command.emit);
  else socket.emit(...command.emit, (...answer) => say({ ack: command.ack, answer }));
}).on("close", () => process.exit(0));
