// A small SMTP server on loopback (RFC 5321), which records messages and refuses recipients.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { startServer, type TestServer } from "./server.js";

/** Starts a server with the demo's data, and an SMTP server that gets its mails. */
export async function startServerWithMail(): Promise<{ server: TestServer; smtp: SmtpServer }> {
  const smtp = await SmtpServer.start();
  // The server reads its settings from the environment of this process.
  process.env.COUNTERSIGN_SMTP_URL = smtp.url;
  process.env.COUNTERSIGN_MAIL_FROM = "Countersign <licenses@example.com>";
  const server = await startServer("--demo");
  delete process.env.COUNTERSIGN_SMTP_URL;
  delete process.env.COUNTERSIGN_MAIL_FROM;
  return { server, smtp };
}

export interface ReceivedMail {
  to: string;
  subject: string;
  /** The plain text. */
  text: string;
}

export class SmtpServer {
  /** The messages so far. */
  readonly mails: ReceivedMail[] = [];
  /** Recipients that the server refuses for good. */
  readonly refused = new Set<string>();

  private constructor(private readonly server: Server) {}

  /** Starts a server on a free port. */
  static async start(): Promise<SmtpServer> {
    const server = createServer();
    const smtp = new SmtpServer(server);
    server.on("connection", (socket) => smtp.serve(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return smtp;
  }

  /** The URL for the setting `smtp_url`. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Returns the latest message to a recipient with this subject, or with a subject that begins so. */
  latest(to: string, subject: string): ReceivedMail | undefined {
    return this.mails.findLast((mail) => mail.to === to && mail.subject.startsWith(subject));
  }

  stop() {
    this.server.close();
  }

  private serve(socket: Socket) {
    const reply = (text: string) => socket.write(`${text}\r\n`);
    let to = "";
    let data: string[] | undefined;
    socket.on("error", () => {});
    reply("220 localhost ESMTP");
    createInterface({ input: socket, crlfDelay: Infinity }).on("line", (line) => {
      if (data && line !== ".") {
        // The client doubles a dot at the start of a line.
        data.push(line.startsWith(".") ? line.slice(1) : line);
        return;
      }
      if (data) {
        this.mails.push(parse(to, data.join("\n")));
        data = undefined;
        reply("250 queued");
        return;
      }
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO") reply("250-localhost\r\n250 8BITMIME");
      else if (verb === "RCPT") {
        to = line.match(/<(.*)>/)?.[1] ?? "";
        reply(this.refused.has(to) ? "550 no such mailbox" : "250 recipient accepted");
      } else if (verb === "DATA") {
        data = [];
        reply("354 end with a dot");
      } else if (verb === "QUIT") {
        reply("221 goodbye");
        socket.end();
      } else reply("250 ok");
    });
  }
}

function parse(to: string, message: string): ReceivedMail {
  const subject = message.match(/^Subject: (.*)$/m)?.[1] ?? "";
  const part = message.slice(message.indexOf("Content-Type: text/plain"));
  const [head, ...rest] = part.split("\n\n");
  const body = rest.join("\n\n").split("\n--")[0]!;
  const isQuoted = /quoted-printable/.test(head!);
  const isBase64 = /base64/.test(head!);
  const text = isBase64 ? Buffer.from(body, "base64").toString() : isQuoted ? decodeQuotedPrintable(body) : body;
  return { to, subject, text };
}

/** Decodes quoted-printable (RFC 2045, section 6.7). */
function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
