function kernelModule(code){let compiled;return(host={})=>(compiled??=new WebAssembly.Module(Buffer.from(code,"base64")),new WebAssembly.Instance(compiled,{host}).exports)}export{kernelModule};
