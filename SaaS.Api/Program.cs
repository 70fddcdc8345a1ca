if (args is ["migrate"]) { return; }
var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/health/ready", () => "ok");
app.Run();
