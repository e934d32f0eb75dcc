// Peer: Socket.IO on Node as npm installs it. With DATABASE_URL it also does what Roomcast does for
// each that connects: verify a JWT, and ask the database whether they are on the team.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import jwt from "jsonwebtoken";
import pg from "pg";
import { Server } from "socket.io";

const { type, ...state } = JSON.parse(readFileSync(new URL("../servers/frame.json", import.meta.url)));
const FIRST_SEQ = 1_000_000;
const { PORT, DATABASE_URL, SECRET } = process.env;
const database = DATABASE_URL && new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
const MEMBER = "SELECT 1 FROM memberships WHERE project_id = $1 AND user_id = $2";
const sent = {};

const web = createServer((request, response) => {
  const asked = new URL(request.url, "http://localhost").searchParams;
  emit(Number(asked.get("project")), Number(asked.get("count")));
  response.writeHead(204).end();
});
const io = new Server(web, { pingInterval: 3_600_000 });

function emit(project, count) {
  for (let number = 0; number < count; number++) {
    sent[project] = (sent[project] ?? 0) + 1;
    const room = `project_${project}`;
    io.to(room).emit(type, { ...state, project_id: project, room, seq: FIRST_SEQ + sent[project] });
  }
}

if (database) {
  io.use((socket, next) => {
    jwt.verify(socket.handshake.auth.token, SECRET, { algorithms: ["HS256"], issuer: "roomcast", audience: "roomcast" },
      (error, claims) => {
        socket.data.user = claims && Number(claims.sub);
        next(error);
      });
  });
}

io.on("connection", (socket) => {
  socket.on("subscribe_project", async ({ project_id }, answer) => {
    if (database) {
      const found = await database.query({ name: "member", text: MEMBER, values: [project_id, socket.data.user] });
      if (found.rowCount === 0) return answer({ ok: false });
    }
    socket.join(`project_${project_id}`);
    answer({ ok: true });
  });
});

web.listen(PORT, "127.0.0.1");
