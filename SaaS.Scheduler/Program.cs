using SaaS.Core;
using SaaS.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddSaaSCore();
builder.AddSaaSJobScheduler();

var app = builder.Build();

app.MapDefaultEndpoints(service: "SaaS scheduler");
app.MapJobHealth();

await app.RunAsync();
