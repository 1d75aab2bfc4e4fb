/* loop.py in JavaScript: orders as lines of JSON on stdin, replies on stdout. */
'use strict'
const readline = require('node:readline')
const fs = require('node:fs')

/* `decode(buffer)` gives the peer's object, `encode(object)` its bytes. V8's garbage collector cannot be held back. */
function serve (about, decode, encode) {
  const loaded = new Map()
  const reply = message => fs.writeSync(1, JSON.stringify(message) + '\n')
  console.log = console.info = console.error // whatever a library prints must not end up among the replies

  const actions = {
    load (order) {
      const data = Buffer.from(order.data, 'base64')
      const value = decode(data)
      const written = Buffer.from(encode(value))
      loaded.set(order.name, { data, value })
      const same = data.equals(written)
      return { remark: same ? null : `reads ${data.length} bytes, but writes other ${written.length}` }
    },
    time (order) {
      const { data, value } = loaded.get(order.name)
      const call = order.op === 'decode' ? decode : encode
      const argument = order.op === 'decode' ? data : value
      if (global.gc) global.gc()
      const began = process.cpuUsage()
      for (let n = order.loops; n > 0; n--) call(argument)
      const { user, system } = process.cpuUsage(began)
      return { seconds: (user + system) / 1e6 }
    },
    drop (order) {
      return { dropped: loaded.delete(order.name) }
    }
  }

  reply({ runtime: `node ${process.versions.node}`, ...about })
  readline.createInterface({ input: process.stdin }).on('line', line => {
    const order = JSON.parse(line)
    try {
      const action = actions[order.do]
      reply(action ? action(order) : { error: `cannot ${order.do}` })
    } catch (error) {
      reply({ error: `${error.name}: ${error.message}`.slice(0, 300) })
    }
  })
}

module.exports = { serve }
