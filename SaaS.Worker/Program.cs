using SaaS.Core;
using SaaS.ServiceDefaults;
using SaaS.Worker.Commands;

if (CommandLine.TryRun(args, out var command))
{
    return await command;
}

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddCore(provisions: true);
builder.AddWorker();

var app = builder.Build();

app.UseRoutingWithHead();
app.MapDefaultEndpoints(service: "SaaS worker");

await app.RunAsync();
return 0;
