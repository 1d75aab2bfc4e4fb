// GramJS, as a program that follows the test's commands: node be_gramjs.cjs SERVER, in a directory that has its packages.

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const installed = createRequire(process.cwd() + "/");
const layer = () => installed("telegram/tl/AllTLObjects").LAYER;

console.log = console.error; // its log goes to stdout, where the answers go
const { TelegramClient, Api } = installed("telegram");
const { MemorySession, StoreSession, StringSession } = installed("telegram/sessions");
const { Logger } = installed("telegram/extensions");
const connections = installed("telegram/network/connection");
const sockets = installed("telegram/extensions");
const { _serverKeys } = installed("telegram/crypto/RSA");
const { computeCheck } = installed("telegram/Password");
const bigInt = installed("big-integer");
const { SERVER, converse } = require("./conversation.cjs");

const FRAMINGS = {
    "full": connections.ConnectionTCPFull,
    "abridged": connections.ConnectionTCPAbridged,
    "obfuscated": connections.ConnectionTCPObfuscated,
    "websocket": connections.ConnectionTCPObfuscated,
    "MTProxy plain": installed("telegram/network/connection/TCPMTProxy").ConnectionTCPMTProxyAbridged,
};

// Every connection leads to our ports, whatever the configuration says.
class Here extends FRAMINGS[SERVER.framing] {
    constructor(settings) {
        const [ip, port] = SERVER.data_centers[settings.dcId];
        super({ ...settings, ip, port });
    }
}

// A StringSession fails with ports above 32767; a StoreSession is a directory below the present one.
function kept() {
    if (SERVER.string) return new StringSession(SERVER.string);
    if (!SERVER.file) return new MemorySession();
    process.chdir(path.dirname(SERVER.file));
    return new StoreSession(path.basename(SERVER.file));
}

class GramJS {
    constructor() {
        _serverKeys.set(String(SERVER.fingerprint), { n: bigInt(SERVER.n), e: Number(SERVER.e) });
        this.session = kept();
        this.client = new TelegramClient(this.session, 1, "hash", {
            connection: Here,
            networkSocket: SERVER.framing === "websocket" ? sockets.PromisedWebSockets : sockets.PromisedNetSockets,
            proxy: SERVER.secret ? { ip: SERVER.host, port: SERVER.port, secret: SERVER.secret, MTProxy: true } : undefined,
            useWSS: false,
            connectionRetries: 3, // it drops the leading zero byte that one of 256 keys has, and then fails that handshake
            floodSleepThreshold: 0,
            deviceModel: "peer",
            baseLogger: new Logger("none"),
        });
    }

    async connect() {
        await this.session.load();
        if (!this.session.authKey) this.session.setDC(SERVER.dc, SERVER.host, SERVER.port);
        await this.client.connect();
        const config = await this.client.invoke(new Api.help.GetConfig());
        return { layer: layer(), dc: config.thisDc };
    }

    async send_code({ phone }) {
        this.phone = phone;
        return this.sent(await this.client.invoke(new Api.auth.SendCode({
            phoneNumber: phone, apiId: 1, apiHash: "hash", settings: new Api.CodeSettings({}),
        })));
    }

    async resend() {
        return this.sent(await this.client.invoke(
            new Api.auth.ResendCode({ phoneNumber: this.phone, phoneCodeHash: this.hash }),
        ));
    }

    sent(sent) {
        this.hash = sent.phoneCodeHash;
        return {
            by: sent.type.className.replace("auth.SentCodeType", ""),
            length: sent.type.length,
            next: sent.nextType ? sent.nextType.className.replace("auth.CodeType", "") : null,
        };
    }

    async sign_in({ code }) {
        const result = await this.client.invoke(new Api.auth.SignIn({
            phoneNumber: this.phone, phoneCodeHash: this.hash, phoneCode: code,
        }));
        if (result instanceof Api.auth.AuthorizationSignUpRequired) return { sign_up: true };
        return { user: result.user.phone };
    }

    async sign_up({ first_name, last_name }) {
        const { user } = await this.client.invoke(new Api.auth.SignUp({
            phoneNumber: this.phone, phoneCodeHash: this.hash, firstName: first_name, lastName: last_name,
        }));
        return { user: user.phone, name: `${user.firstName} ${user.lastName}` };
    }

    async password({ password }) {
        const check = await computeCheck(await this.client.invoke(new Api.account.GetPassword()), password);
        const { user } = await this.client.invoke(new Api.auth.CheckPassword({ password: check }));
        return { user: user.phone };
    }

    async me() {
        return { user: (await this.client.getMe()).phone };
    }

    async ask_for_change({ phone }) {
        this.phone = phone;
        return this.sent(await this.client.invoke(new Api.account.SendChangePhoneCode({
            phoneNumber: phone, settings: new Api.CodeSettings({}),
        })));
    }

    async change({ code }) {
        const user = await this.client.invoke(new Api.account.ChangePhone({
            phoneNumber: this.phone, phoneCodeHash: this.hash, phoneCode: code,
        }));
        return { user: user.phone };
    }

    async log_out() {
        return { logged_out: await this.client.invoke(new Api.auth.LogOut()) instanceof Api.auth.LoggedOut };
    }

    async bot({ token }) {
        const { user } = await this.client.invoke(new Api.auth.ImportBotAuthorization({
            apiId: 1, apiHash: "hash", botAuthToken: token, flags: 0,
        }));
        return { user: Number(user.id), bot: user.bot };
    }

    async show_qr() {
        const result = await this.client.invoke(new Api.auth.ExportLoginToken({
            apiId: 1, apiHash: "hash", exceptIds: [],
        }));
        if (result instanceof Api.auth.LoginTokenSuccess) return { user: result.authorization.user.phone };
        return { token: result.token.toString("hex") };
    }

    async export() {
        return { string: StringSession.prototype.save.call(this.session) };
    }

    async disconnect() {
        await this.client.destroy();
        return {};
    }
}

function rpcError(error) {
    if (error.errorMessage === undefined) return null;
    return { error: error.errorMessage, code: error.code, value: error.seconds ?? null };
}

converse(new GramJS(), rpcError);
