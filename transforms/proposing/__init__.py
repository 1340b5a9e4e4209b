"""From a sample file to a proposed contract: pure functions, and a reason beside every guess.

`sample` opens the file, `facts` looks at its columns, `propose` decides and explains, `document` writes the contract,
`trial` reads, cleans and keys the sample by it.
"""
