// mtcute, as a program that follows the test's commands: node be_mtcute.mjs SERVER, in a directory that has its packages.

import fs from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = (file) => import(pathToFileURL(`node_modules/@mtcute/${file}`));
const schema = () => JSON.parse(fs.readFileSync("node_modules/@mtcute/core/tl/api-schema.json"));

const { BaseTelegramClient, TelegramClient, MemoryStorage, MtProxyTcpTransport, TcpTransport, tl } = await installed("node/index.js");
const { BaseSqliteStorage, BaseSqliteStorageDriver } = await installed("core/index.js");
const { IntermediatePacketCodec, PaddedIntermediatePacketCodec, ObfuscatedPacketCodec } = await installed("core/index.js");
const { addPublicKey } = await installed("core/utils.js");
const { Database } = createRequire(process.cwd() + "/")("node-sqlite3-wasm");
console.log = console.error; // its log goes to stdout, where the answers go
const { SERVER, converse } = (await import("./conversation.cjs")).default;

const FRAMINGS = {
    "intermediate": () => new IntermediatePacketCodec(),
    "padded": () => new PaddedIntermediatePacketCodec(),
    "obfuscated": () => new ObfuscatedPacketCodec(new IntermediatePacketCodec()),
    "padded, obfuscated": () => new ObfuscatedPacketCodec(new PaddedIntermediatePacketCodec()),
};

class Framed extends TcpTransport {
    packetCodec() {
        return FRAMINGS[SERVER.framing]();
    }
}

// mtcute's own tables, on an SQLite that needs no compiler to be installed.
class Driver extends BaseSqliteStorageDriver {
    _createDatabase() {
        const database = new Database(SERVER.file);
        const statements = [];
        return {
            exec: (sql) => database.exec(sql),
            prepare: (sql) => {
                const statement = database.prepare(sql);
                statements.push(statement);
                return {
                    run: (...values) => statement.run(values),
                    get: (...values) => statement.get(values),
                    all: (...values) => statement.all(values),
                };
            },
            transaction: (job) => (...values) => {
                database.exec("begin");
                const result = job(...values);
                database.exec("commit");
                return result;
            },
            close: () => {
                for (const statement of statements) statement.finalize();
                database.close();
            },
        };
    }
}

class Mtcute {
    constructor() {
        const dc = { id: SERVER.dc, ipAddress: SERVER.host, port: SERVER.port };
        const client = new BaseTelegramClient({
            apiId: 1,
            apiHash: "hash",
            storage: SERVER.file ? new BaseSqliteStorage(new Driver()) : new MemoryStorage(),
            transport: SERVER.secret
                ? new MtProxyTcpTransport({ host: SERVER.host, port: SERVER.port, secret: SERVER.secret })
                : new Framed(),
            defaultDcs: { main: dc, media: { ...dc, mediaOnly: true } },
            network: { usePfs: SERVER.pfs ?? false },
            floodSleepThreshold: 0,
            maxRetryCount: 0,
            logLevel: Number(process.env.MTCUTE_LOG ?? 0),
        });
        addPublicKey(client.crypto, SERVER.pem);
        this.client = new TelegramClient({ client });
    }

    async connect() {
        if (SERVER.string) await this.client.importSession(SERVER.string);
        await this.client.connect();
        const config = await this.client.call({ _: "help.getConfig" });
        return { layer: schema().l, dc: config.thisDc };
    }

    async send_code({ phone }) {
        this.phone = phone;
        return this.sent(await this.client.call({
            _: "auth.sendCode", phoneNumber: phone, apiId: 1, apiHash: "hash", settings: { _: "codeSettings" },
        }));
    }

    async resend() {
        return this.sent(await this.client.call({
            _: "auth.resendCode", phoneNumber: this.phone, phoneCodeHash: this.hash,
        }));
    }

    sent(sent) {
        this.hash = sent.phoneCodeHash;
        return {
            by: sent.type._.replace("auth.sentCodeType", ""),
            length: sent.type.length,
            next: sent.nextType ? sent.nextType._.replace("auth.codeType", "") : null,
        };
    }

    async sign_in({ code }) {
        const result = await this.client.call({
            _: "auth.signIn", phoneNumber: this.phone, phoneCodeHash: this.hash, phoneCode: code,
        });
        if (result._ === "auth.authorizationSignUpRequired") return { sign_up: true };
        await this.client.notifyLoggedIn(result);
        return { user: result.user.phone };
    }

    async sign_up({ first_name, last_name }) {
        const { user } = await this.client.call({
            _: "auth.signUp", phoneNumber: this.phone, phoneCodeHash: this.hash, firstName: first_name, lastName: last_name,
        });
        return { user: user.phone, name: `${user.firstName} ${user.lastName}` };
    }

    async password({ password }) {
        return { user: (await this.client.checkPassword(password)).phoneNumber };
    }

    async me() {
        const [user] = await this.client.call({ _: "users.getUsers", id: [{ _: "inputUserSelf" }] });
        return { user: user.phone };
    }

    async ask_for_change({ phone }) {
        this.phone = phone;
        return this.sent(await this.client.call({
            _: "account.sendChangePhoneCode", phoneNumber: phone, settings: { _: "codeSettings" },
        }));
    }

    async change({ code }) {
        const user = await this.client.call({
            _: "account.changePhone", phoneNumber: this.phone, phoneCodeHash: this.hash, phoneCode: code,
        });
        return { user: user.phone };
    }

    async log_out() {
        return { logged_out: (await this.client.call({ _: "auth.logOut" }))._ === "auth.loggedOut" };
    }

    async bot({ token }) {
        const { user } = await this.client.call({
            _: "auth.importBotAuthorization", flags: 0, apiId: 1, apiHash: "hash", botAuthToken: token,
        });
        return { user: user.id, bot: user.bot };
    }

    async show_qr() {
        const result = await this.client.call({
            _: "auth.exportLoginToken", apiId: 1, apiHash: "hash", exceptIds: [],
        });
        if (result._ === "auth.loginTokenSuccess") return { user: result.authorization.user.phone };
        return { token: Buffer.from(result.token).toString("hex") };
    }

    async export() {
        return { string: await this.client.exportSession() };
    }

    async disconnect() {
        await this.client.destroy();
        return {};
    }
}

function rpcError(error) {
    if (!tl.RpcError.is(error)) return null;
    return { error: error.text, code: error.code, value: error.seconds ?? null };
}

converse(new Mtcute(), rpcError);
