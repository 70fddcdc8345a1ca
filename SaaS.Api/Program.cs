using SaaS.Api;
using SaaS.Core;
using SaaS.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddCore();
builder.AddSaaSJobControl();
builder.Services.AddSaaSHttp();
builder.Services.AddSaaSLimits();
builder.Services.AddSaaSJobsPage();
builder.Services.AddBearerAuthentication();
builder.AddHttpPipeline();

var app = builder.Build();

app.UseHttpPipeline();
app.MapCore();
app.MapSaaSJobsPage();
app.MapDocumentation();
app.MapDefaultEndpoints(service: ServiceRoot.Name);
app.MapHealth("/api/monitoring/health", service: ServiceRoot.Name); // where clients of the system before look for it

await app.RunAsync();
