using SaaS.Core;
using SaaS.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddSaaSCore();
builder.AddSaaSJobScheduler();

var app = builder.Build();

app.MapDefaultEndpoints(service: "SaaS scheduler", version: "1");
app.MapJobHealth();

await app.RunAsync();
