using SaaS.Core;
using SaaS.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
builder.AddServiceDefaults();
builder.AddTransportSecurity();
builder.AddCore();
builder.AddScheduler();

var app = builder.Build();

app.UseTransportSecurity();
app.UseProblems();
app.UseRoutingWithHead();
app.UseAuthentication();
app.UseLimits();
app.UseAuthorization();
app.MapDefaultEndpoints(service: "SaaS scheduler");
app.MapJobHealth();
app.MapPageDesign();
app.MapJobs();
app.MapGet("/", () => TypedResults.LocalRedirect("/jobs"));

await app.RunAsync();
