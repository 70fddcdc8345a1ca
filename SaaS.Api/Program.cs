using SaaS.Api;
using SaaS.Core;
using SaaS.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddCore();
builder.AddApi();
builder.Services.AddBearerAuthentication();
builder.AddHttpPipeline();

var app = builder.Build();

app.UseHttpPipeline();
app.MapCore();
app.MapPageDesign();
app.MapJobs();
app.MapDocumentation();
app.MapDefaultEndpoints(service: ServiceRoot.Name);
app.MapHealth("/api/monitoring/health", service: ServiceRoot.Name); // the path that clients of the original system use

await app.RunAsync();
