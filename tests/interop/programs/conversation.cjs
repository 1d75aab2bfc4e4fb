// The client's end of the conversation: a line of JSON says what to do, a line of JSON says what came of it.
// The same as conversation.py, for clients on Node.

const readline = require("node:readline");

const SERVER = JSON.parse(process.argv[2]);

// `rpcError` reads an exception that stands for an RPC error; it returns null for any other.
async function converse(client, rpcError) {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const { do: name, ...wish } = JSON.parse(line);
        let answer;
        try {
            answer = await client[name](wish);
        } catch (error) {
            answer = rpcError(error);
            if (answer === null) throw error;
        }
        process.stdout.write(JSON.stringify(answer) + "\n");
    }
    process.exit(0);
}

module.exports = { SERVER, converse };
