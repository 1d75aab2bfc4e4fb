/* GramJS (npm: telegram), as it reads an answer and writes a request. */
'use strict'
const { createRequire } = require('node:module')
const { serve } = require('./loop.cjs')
const here = createRequire(process.cwd() + '/')

const { BinaryReader } = here('telegram/extensions')
const { LAYER } = here('telegram/tl/AllTLObjects')

if (process.argv[2] === 'schema') {
  process.stdout.write(here('telegram/tl/apiTl') + `\n// LAYER ${LAYER}\n`)
} else {
  serve(
    { version: here('telegram/package.json').version, layer: LAYER },
    data => new BinaryReader(data).tgReadObject(),
    value => value.getBytes()
  )
}
