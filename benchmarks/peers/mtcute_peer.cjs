/* mtcute (npm: @mtcute/tl and @mtcute/tl-runtime), as it reads an answer and writes a request. */
'use strict'
const { createRequire } = require('node:module')
const fs = require('node:fs')
const path = require('node:path')
const { serve } = require('./loop.cjs')
const here = createRequire(process.cwd() + '/')

const { l: layer, e: entries } = JSON.parse(fs.readFileSync(here.resolve('@mtcute/tl/api-schema.json')))

/* One entry of mtcute's schema, as a line of TL. */
function line ({ name, id, type, generics = [], arguments: fields }) {
  const parts = generics.map(g => `{${g.name}:${g.type}}`)
  for (const { name, type, typeModifiers: how = {} } of fields) {
    const plain = type === 'int53' ? 'long' : type // mtcute's name for longs that fit a number
    let kind = how.isBareType || how.isBareUnion ? `%${plain}` : plain
    if (how.isVector) kind = `Vector<${kind}>`
    if (how.isBareVector) kind = `vector<${kind}>`
    parts.push(`${name}:${how.predicate ? how.predicate + '?' : ''}${kind}`)
  }
  return [`${name}#${id.toString(16)}`, ...parts, '=', type].join(' ') + ';\n'
}

if (process.argv[2] === 'schema') {
  const known = entries.filter(e => !['boolTrue', 'boolFalse'].includes(e.name))
  process.stdout.write(known.filter(e => e.kind === 'class').map(line).join(''))
  process.stdout.write('---functions---\n' + known.filter(e => e.kind === 'method').map(line).join(''))
  process.stdout.write(`// LAYER ${layer}\n`)
} else {
  const { __tlReaderMap } = here('@mtcute/tl/binary/reader.js')
  const { __tlWriterMap } = here('@mtcute/tl/binary/writer.js')
  const { TlBinaryReader, TlBinaryWriter } = here('@mtcute/tl-runtime')
  // Clients read no functions, so mtcute has no readers for them; these two are what its generator would write.
  const readers = {
    ...__tlReaderMap,
    0xa677244f: r => ({ _: 'auth.sendCode', phoneNumber: r.string(), apiId: r.int(), apiHash: r.string(), settings: r.object() }),
    0xb304a621: r => ({ _: 'upload.saveFilePart', fileId: r.long(), filePart: r.int(), bytes: r.bytes() })
  }
  const version = JSON.parse(fs.readFileSync(path.join(process.cwd(), 'node_modules/@mtcute/tl/package.json'))).version
  serve(
    { version, layer },
    data => TlBinaryReader.deserializeObject(readers, data),
    value => TlBinaryWriter.serializeObject(__tlWriterMap, value)
  )
}
