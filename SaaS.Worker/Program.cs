using SaaS.Core;
using SaaS.ServiceDefaults;
using SaaS.Worker;

if (Commands.TryGetCommand(args, out var command))
{
    return await Commands.RunAsync(command, args[1..]);
}

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddCore(provisions: true);
builder.Services.AddSaaSProvisioning();
builder.Services.AddSaaSEventDelivery();
builder.AddSaaSJobMonitor();

var app = builder.Build();

app.UseRoutingWithHead();
app.MapDefaultEndpoints(service: "SaaS worker");

await app.RunAsync();
return 0;
